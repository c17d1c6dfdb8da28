"""What the register holds of agreements beside their terms."""
