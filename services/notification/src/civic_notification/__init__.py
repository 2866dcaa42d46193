"""Who hears of what, and the mails that tell them."""
