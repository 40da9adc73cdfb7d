"""What a lead is: its fields and which of their values hold, its row in the library, what is told of it. Pure."""
