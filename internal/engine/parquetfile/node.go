package parquetfile

import (
	"errors"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// node is a column or a part of one.
type node struct {
	name           string
	maxDef, maxRep int // of a value that is there
	leaf           *leaf
	add            func(array.Builder, []byte) error // of a leaf
	list           *node                             // the elements of a list
	key, item      *node                             // of a map
	fields         []*node                           // of a structure
	repDef, rep    int                               // levels of a list's or a map's repeated group
	arrow          arrow.DataType
	leaves         []*leaf // at and below it
}

// treeBuilder makes nodes of the schema, which is a list in pre-order.
type treeBuilder struct {
	elements []element
	file     *File
	depth    int
}

const deepestColumn = 64

func (b *treeBuilder) take() (element, error) {
	if len(b.elements) == 0 {
		return element{}, errThrift
	}
	e := b.elements[0]
	b.elements = b.elements[1:]
	return e, nil
}

// node makes the next element's node; def and rep are its parent's levels.
func (b *treeBuilder) node(def, rep int, repeatedBy int) (*node, error) {
	e, err := b.take()
	if err != nil {
		return nil, err
	}
	if b.depth++; b.depth > deepestColumn {
		return nil, errLevels
	}
	defer func() { b.depth-- }()
	if e.repetition == 2 && repeatedBy == 0 {
		// A bare repeated field: a list without the usual wrapping.
		inner, err := b.plain(e, def+1, rep+1)
		if err != nil {
			return nil, err
		}
		return listOf(e.name, inner, def, rep, def+1, rep+1), nil
	}
	if e.repetition == 1 {
		def++
	}
	return b.plain(e, def, rep)
}

// plain makes the node of an element whose own repetition is dealt with.
func (b *treeBuilder) plain(e element, def, rep int) (*node, error) {
	if e.children == 0 {
		return b.leafNode(e, def, rep)
	}
	// LIST 3, MAP 1 and MAP_KEY_VALUE 2 of ConvertedType; MAP 2 and LIST 3 of LogicalType.
	switch {
	case (e.converted == 3 || e.logical == 3) && e.children == 1:
		return b.listNode(e, def, rep)
	case (e.converted == 1 || e.converted == 2 || e.logical == 2) && e.children == 1:
		return b.mapNode(e, def, rep)
	}
	return b.structNode(e, def, rep)
}

func (b *treeBuilder) structNode(e element, def, rep int) (*node, error) {
	n := &node{name: e.name, maxDef: def, maxRep: rep}
	var fields []arrow.Field
	for range e.children {
		child, err := b.node(def, rep, 0)
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, child)
		n.leaves = append(n.leaves, child.leaves...)
		fields = append(fields, arrow.Field{Name: child.name, Type: child.arrow, Nullable: true})
	}
	n.arrow = arrow.StructOf(fields...)
	return n, nil
}

func listOf(name string, elements *node, def, rep, repDef, repRep int) *node {
	return &node{name: name, maxDef: def, maxRep: rep, list: elements, repDef: repDef, rep: repRep,
		arrow: arrow.ListOf(elements.arrow), leaves: elements.leaves}
}

// listNode reads the shapes that lists have had
// (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists).
func (b *treeBuilder) listNode(e element, def, rep int) (*node, error) {
	middle, err := b.take()
	if err != nil {
		return nil, err
	}
	if middle.repetition != 2 {
		return nil, errLevels
	}
	var elements *node
	if middle.children == 1 && middle.name != "array" && middle.name != e.name+"_tuple" {
		elements, err = b.node(def+1, rep+1, 1)
	} else {
		elements, err = b.plain(middle, def+1, rep+1)
	}
	if err != nil {
		return nil, err
	}
	return listOf(e.name, elements, def, rep, def+1, rep+1), nil
}

func (b *treeBuilder) mapNode(e element, def, rep int) (*node, error) {
	middle, err := b.take()
	if err != nil {
		return nil, err
	}
	if middle.repetition != 2 || middle.children != 2 {
		return nil, errLevels
	}
	n := &node{name: e.name, maxDef: def, maxRep: rep, repDef: def + 1, rep: rep + 1}
	if n.key, err = b.node(def+1, rep+1, 1); err != nil {
		return nil, err
	}
	if n.item, err = b.node(def+1, rep+1, 1); err != nil {
		return nil, err
	}
	if len(n.key.leaves) == 0 {
		return nil, errLevels
	}
	n.leaves = append(append(n.leaves, n.key.leaves...), n.item.leaves...)
	n.arrow = arrow.MapOf(n.key.arrow, n.item.arrow)
	return n, nil
}

func (b *treeBuilder) leafNode(e element, def, rep int) (*node, error) {
	if !e.hasPhysical {
		return nil, errThrift
	}
	t, add, err := typeOf(e)
	if err != nil {
		return nil, err
	}
	l := &leaf{name: e.name, physical: e.physical, length: e.length, maxDef: def, maxRep: rep}
	b.file.leaves = append(b.file.leaves, l)
	return &node{name: e.name, maxDef: def, maxRep: rep, leaf: l, add: add, arrow: t, leaves: []*leaf{l}}, nil
}

// read appends the next value of the node to its builder: a record assembled
// from levels, as the Dremel paper has it.
func (n *node) read(b array.Builder) error {
	if n.leaf != nil {
		v, err := n.leaf.take()
		switch {
		case err != nil:
			return err
		case v == nil:
			b.AppendNull()
			return nil
		}
		return n.add(b, v)
	}
	if len(n.leaves) == 0 {
		return errLevels
	}
	if err := n.leaves[0].peek(); err != nil {
		return err
	}
	def := n.leaves[0].def
	if def < n.maxDef {
		b.AppendNull()
		return n.pass()
	}
	switch b := b.(type) {
	case *array.StructBuilder:
		b.Append(true)
		for i, f := range n.fields {
			if err := f.read(b.FieldBuilder(i)); err != nil {
				return err
			}
		}
		return nil
	case *array.MapBuilder: // before the list, which it is made of
		b.Append(true)
		return n.repeat(def, func() error {
			if err := n.key.leaves[0].peek(); err != nil {
				return err
			}
			if n.key.leaves[0].def < n.key.maxDef {
				return errLevels // Arrow has no NULL as a key
			}
			if err := n.key.read(b.KeyBuilder()); err != nil {
				return err
			}
			return n.item.read(b.ItemBuilder())
		})
	case *array.ListBuilder:
		b.Append(true)
		return n.repeat(def, func() error { return n.list.read(b.ValueBuilder()) })
	}
	return errLevels
}

// repeat reads the elements of a list or a map that is there.
func (n *node) repeat(def int, each func() error) error {
	if def < n.repDef { // there are none
		return n.pass()
	}
	for {
		if err := each(); err != nil {
			return err
		}
		err := n.leaves[0].peek()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case n.leaves[0].rep < n.rep:
			return nil
		case n.leaves[0].rep > n.rep:
			return errLevels
		}
	}
}

// pass takes the one level pair that stands for what is not there.
func (n *node) pass() error {
	for _, l := range n.leaves {
		if _, err := l.take(); err != nil {
			return err
		}
	}
	return nil
}
