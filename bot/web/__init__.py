"""Everything that a browser sees. The core never imports from here."""
