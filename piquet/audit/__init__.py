"""What was posted, where, why, and who decided: the trail of an outlet as values, words and CSV."""
