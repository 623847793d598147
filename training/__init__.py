"""Data and program that made the matcher's weights; not needed to run the bot."""
