"""`python -m media` runs a node."""

from media.node import main

if __name__ == "__main__":
    main()
