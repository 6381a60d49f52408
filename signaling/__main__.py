"""`python -m signaling` is `virtual-window`."""

from signaling.cli import main

raise SystemExit(main())
