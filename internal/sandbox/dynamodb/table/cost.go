package table

// WriteCost is the write capacity one write used.
type WriteCost struct {
	Table   float64
	Indexes []IndexCost
}

// IndexCost is the capacity used on one index.
type IndexCost struct {
	Name  string
	Local bool
	Units float64
}

// ReadUnits is what reading so many bytes costs: one unit for each 4 KB begun,
// half of that when the read need not be consistent.
func ReadUnits(bytes int, consistent bool) float64 {
	units := float64(max((bytes+4095)/4096, 1))
	if consistent {
		return units
	}
	return units / 2
}

// writeUnits is one unit for each 1 KB begun; 0 for no item.
func writeUnits(item *Item) float64 {
	if item == nil {
		return 0
	}
	return float64((item.Size + 1023) / 1024)
}
