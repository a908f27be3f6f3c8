"""A strike day in fast time and the story Piquet comes from, played on a wall and checked line by line."""
