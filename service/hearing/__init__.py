"""Fair hearing: a confirmed flag becomes a finding only after the person was heard."""
