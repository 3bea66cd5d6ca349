"""`make compose-test`: the image and docker-compose.yml, run for real and taken down again."""
