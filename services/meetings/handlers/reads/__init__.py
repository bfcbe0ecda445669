"""What people read of meetings, each as much as they may know (L1.2); reads are audited."""
