"""The exercises of each lesson, in `lesson_NN`."""
