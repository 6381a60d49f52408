"""Every page in every state, photographed to be looked at: `python -m tests.browser.gallery FOLDER [SCENE…]`."""
