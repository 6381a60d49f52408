"""`python -m extension_point.devices` runs the bridge."""

from extension_point.devices.bridge import main

if __name__ == "__main__":
    main()
