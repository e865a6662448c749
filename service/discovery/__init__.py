"""Find cameras on the network and ask them, by ONVIF, for their streams. Nothing that a camera says is trusted."""
