"""What notebooks and the book need, whatever paper they are about."""
