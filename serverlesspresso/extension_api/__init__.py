"""The door for extensions: all of the house that a folder under `extensions/` may import.

`hooks` may be imported in `apps.py`, the others from models on. What is named here keeps its
name and meaning, or the changelog says so; what is behind it may change (docs/how-to/extensions.md).
"""
