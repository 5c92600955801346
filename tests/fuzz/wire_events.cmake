verbatim_fuzz(event_line LAYERS wire LIBRARIES Boost::json)
