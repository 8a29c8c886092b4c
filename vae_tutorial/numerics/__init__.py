"""What can be computed of tensors and of torch's distributions, whatever model they belong to."""
