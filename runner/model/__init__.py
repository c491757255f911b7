"""What things are: frozen, slotted dataclasses. Standard library only, no input or output."""
