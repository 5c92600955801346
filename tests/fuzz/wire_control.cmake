verbatim_fuzz(control LAYERS wire MAX_LEN 4096)
