"""Networks that paint in one pass: many styles by their names, new ones, and any picture's."""
