verbatim_fuzz(recording_reader LAYERS wire)
