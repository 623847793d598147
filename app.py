"""`python app.py` serves the web chat; HOST and PORT change its address."""

import sys

from bot.__main__ import main

if __name__ == "__main__":
    main(["chat", *sys.argv[1:]])
