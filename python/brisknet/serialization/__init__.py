"""Objects as configurations, and back."""
