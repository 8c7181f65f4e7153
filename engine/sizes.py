"""Sizes in words, written the same wherever they stand."""


def size(count_bytes: float) -> str:
    """`512M`, `31.2G`: binary units, as tools of this kind write them."""
    for unit in ("B", "K", "M"):
        if count_bytes < 1000:
            return f"{count_bytes:.0f}{unit}"
        count_bytes /= 1024
    return f"{count_bytes:.1f}G" if count_bytes < 100 else f"{count_bytes:,.0f}G"
