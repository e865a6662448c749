"""How good the nets and the events are, measured on pictures and recordings whose truth is known."""
