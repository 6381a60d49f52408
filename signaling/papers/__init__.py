"""Reading papers: finds the sheet, corrects and judges it, reads its words, tells which paper it is, checks it."""
