verbatim_fuzz(kube_path LAYERS wire MAX_LEN 4096)
verbatim_fuzz(remote_command LAYERS wire MAX_LEN 4096)
verbatim_fuzz(spdy LAYERS wire LIBRARIES ZLIB::ZLIB MAX_LEN 8192)
verbatim_fuzz(websocket LAYERS wire MAX_LEN 4096)
