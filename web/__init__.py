"""What both pages share: rendering, catalogues, design tokens, components and browser modules."""
