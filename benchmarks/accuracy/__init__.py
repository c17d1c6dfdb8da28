"""What propagation methods answer for published inputs, beside what is published."""
