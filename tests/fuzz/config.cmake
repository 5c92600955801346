verbatim_fuzz(config_load LAYERS config)
