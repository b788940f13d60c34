"""Where agencies published works of others, and how they hear that one was corrected or withdrawn."""
