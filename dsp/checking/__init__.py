"""What is wrong with a program, its data and its surroundings, known before the first call is paid for."""
