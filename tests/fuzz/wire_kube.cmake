verbatim_fuzz(websocket LAYERS wire MAX_LEN 4096)
