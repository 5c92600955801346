verbatim_fuzz(route LAYERS policy MAX_LEN 600)
