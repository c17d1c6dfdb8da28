"""What one agreement is worth, from its terms file to tables: `canopy concession value`."""
