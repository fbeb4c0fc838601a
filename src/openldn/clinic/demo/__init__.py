"""The demonstration clinic: invented patients, and a day that can be turned on."""
