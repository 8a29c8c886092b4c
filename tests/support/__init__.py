"""What tests share: laws and how they are stated, a zoo of models, browsers, other systems played."""
