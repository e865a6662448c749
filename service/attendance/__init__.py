"""Who was at the post when, and what nobody could see."""
