"""The dialect of ConnectyCube's P2P video calling SDK."""
