verbatim_fuzz(ssh_connection LAYERS wire MAX_LEN 4096)
