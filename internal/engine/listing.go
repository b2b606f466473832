package engine

import "iter"

// Listing gathers the parts of a listing. With an error comes what was told
// before it.
func Listing(parts iter.Seq2[[]Object, error]) ([]Object, error) {
	var all []Object
	for part, err := range parts {
		if err != nil {
			return all, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// OnePart is the listing of a service that answers with all of it at once.
func OnePart(ask func() ([]Object, error)) iter.Seq2[[]Object, error] {
	return func(yield func([]Object, error) bool) {
		list, err := ask()
		if err != nil {
			yield(nil, err)
			return
		}
		if len(list) > 0 {
			yield(list, nil)
		}
	}
}
