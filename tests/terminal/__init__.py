"""The command mathimg, as it is used at a terminal and by a scheduler."""
