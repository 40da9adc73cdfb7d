"""Reference data of the cleansing rules; NOTICE says where each file comes from."""
