#!/usr/bin/env python3
"""Django's command line."""

import os
import sys

if __name__ == "__main__":
    os.umask(0o077)  # what the bar writes is its owner's alone, whatever folder it lies in
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "serverlesspresso.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
