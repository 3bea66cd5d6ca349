"""What notify reads: who is who, whether a notice still holds, whom it is for, and the views."""
