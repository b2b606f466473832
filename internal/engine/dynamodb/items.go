package dynamodb

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/dynamodb/item"
	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// ItemKey implements engine.ItemStore.
func (e *Engine) ItemKey(ctx context.Context, name string, texts map[string]string) ([]byte, error) {
	t, err := e.writable(ctx, name)
	if err != nil {
		return nil, err
	}
	doc := []byte{'{'}
	for i, k := range t.keys {
		text, ok := texts[k.name]
		if !ok {
			return nil, fault.Newf(fault.Usage, "The key of table %q is %s, and %s is not given", name, strings.Join(t.keyNames(""), " and "), k.name).
				WithRemedyf("add %s=VALUE", k.name)
		}
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(item.AppendString(doc, k.name), ':')
		if k.tag == "B" {
			if _, err := base64.StdEncoding.DecodeString(text); err != nil {
				return nil, fault.Newf(fault.Usage, "Key %s: %q is not base64, which a binary value is given in", k.name, text)
			}
		}
		doc = append(item.AppendString(fmt.Appendf(doc, `{%q:`, k.tag), text), '}')
	}
	doc = append(doc, '}')
	for given := range texts {
		if item.Raw(doc, given) == nil {
			return nil, fault.Newf(fault.Usage, "%s is no part of the key of table %q", given, name).
				WithRemedy("its key: " + strings.Join(t.keyNames(""), ", "))
		}
	}
	return t.checkedKey(doc)
}

// checkedKey refuses a key that the table would refuse.
func (t table) checkedKey(doc []byte) ([]byte, error) {
	if !item.ValidJSON(doc) {
		return nil, fault.New(fault.Usage, "The key is no JSON object")
	}
	_, err := item.Weigh(doc)
	problem := ""
	if err != nil {
		problem = err.Error()
	} else {
		_, problem = t.keyOfItem(doc)
	}
	if problem == "" {
		item.Members(doc, func(name string, _ []byte) bool {
			if tag := t.keyTag(name); tag == "" {
				problem = name + " is no part of the table's key"
			}
			return problem == ""
		})
	}
	if problem != "" {
		return nil, fault.Newf(fault.Usage, "That is no key of table %q: %s", t.name, problem).
			WithRemedy("its key: " + strings.Join(t.keyNames(""), ", "))
	}
	return doc, nil
}

func (t table) keyTag(name string) string {
	for _, k := range t.keys {
		if k.name == name {
			return k.tag
		}
	}
	return ""
}

// keyDoc cuts the key out of an item.
func (t table) keyDoc(doc []byte) []byte {
	key := []byte{'{'}
	for i, k := range t.keys {
		if i > 0 {
			key = append(key, ',')
		}
		key = append(append(item.AppendString(key, k.name), ':'), item.Raw(doc, k.name)...)
	}
	return append(key, '}')
}

// GetItem implements engine.ItemStore.
func (e *Engine) GetItem(ctx context.Context, name string, key []byte) ([]byte, engine.ItemCost, error) {
	t, err := e.writable(ctx, name)
	if err == nil {
		key, err = t.checkedKey(key)
	}
	if err != nil {
		return nil, engine.ItemCost{}, err
	}
	c := e.newItemCall(t)
	doc, err := c.get(ctx, key)
	return doc, c.cost(), err
}

// PutItem implements engine.ItemStore. An item that was read is changed by
// UpdateItem, which touches only the attributes that differ: what somebody else
// added meanwhile stays, and no condition could speak of it.
func (e *Engine) PutItem(ctx context.Context, w engine.ItemWrite) (engine.ItemCost, error) {
	t, err := e.writable(ctx, w.Table)
	if err != nil {
		return engine.ItemCost{}, err
	}
	key, err := t.checkedItem(w)
	if err != nil {
		return engine.ItemCost{}, err
	}
	c := e.newItemCall(t)
	var x change
	if w.Was != nil && !w.Always {
		if x, err = changeOf(t, w.Was, w.Item); err != nil || !x.any() {
			return c.cost(), err
		}
		err = c.update(ctx, key, x)
	} else {
		err = c.put(ctx, w)
	}
	return c.cost(), c.settle(ctx, err, w, key)
}

// checkedItem checks an item to be written, and that it has the key it is to be
// written under.
func (t table) checkedItem(w engine.ItemWrite) (key []byte, err error) {
	refuse := func(why string) error {
		return fault.Newf(fault.Usage, "The item cannot be written: %s", why).WithRemedy("nothing was changed")
	}
	if !item.ValidJSON(w.Item) {
		return nil, refuse("it is no JSON object")
	}
	if _, err := item.Weigh(w.Item); err != nil {
		return nil, refuse(err.Error())
	}
	id, problem := t.keyOfItem(w.Item)
	if problem != "" {
		return nil, refuse(problem)
	}
	for _, doc := range [][]byte{w.Key, w.Was} {
		if doc == nil {
			continue
		}
		if other, problem := t.keyOfItem(doc); problem != "" || other != id {
			return nil, refuse("its key is another than that of the item it was read as, and an item's key cannot be changed")
		}
	}
	return t.keyDoc(w.Item), nil
}

// DeleteItem implements engine.ItemStore.
func (e *Engine) DeleteItem(ctx context.Context, w engine.ItemWrite) (engine.ItemCost, error) {
	t, err := e.writable(ctx, w.Table)
	if err == nil {
		_, err = t.checkedKey(w.Key)
	}
	if err != nil {
		return engine.ItemCost{}, err
	}
	if w.Was == nil && !w.Always {
		return engine.ItemCost{}, fault.New(fault.Usage, "What the item is like that is to be deleted is not told")
	}
	c := e.newItemCall(t)
	var x change
	if !w.Always {
		// A condition cannot speak of attributes that somebody else added; a look can.
		now, err := c.get(ctx, w.Key)
		if err != nil {
			return c.cost(), err
		}
		if !same(now, w.Was) {
			return c.cost(), changed(now)
		}
		x = unchanged(t, w.Was)
	}
	body := newRequest(t.name).raw("Key", w.Key).condition(x, x.condition())
	_, err = c.made(c.e.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(t.name), Key: noKey()}, writing(body.end())))
	return c.cost(), c.settle(ctx, err, w, w.Key)
}

// same reports whether two items are equal; nil is no item.
func same(a, b []byte) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	wrap := func(doc []byte) []byte { return item.AppendOrder(nil, append(append([]byte(`{"M":`), doc...), '}')) }
	return bytes.Equal(wrap(a), wrap(b))
}

// itemCall makes the calls for one item and counts what they consume.
type itemCall struct {
	e     *Engine
	t     table
	meter *meter
}

func (e *Engine) newItemCall(t table) *itemCall {
	return &itemCall{e, t, newMeter(engine.Budget{}, false, 0)}
}

func (c *itemCall) cost() engine.ItemCost { return c.e.costOf(c.meter, c.t, false) }

func (c *itemCall) get(ctx context.Context, key []byte) ([]byte, error) {
	body := newRequest(c.t.name).raw("Key", key).raw("ConsistentRead", []byte("true")).end()
	out, err := c.e.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(c.t.name), Key: noKey()}, func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, rawpage.Keep, withBody(body))
	})
	if err != nil {
		return nil, c.word(err, "read the item")
	}
	a, err := item.Read(rawpage.Body(out.ResultMetadata))
	if err != nil {
		return nil, fault.Wrap(err, fault.Unavailable, "DynamoDB's answer cannot be read").WithRemedy("try again")
	}
	c.meter.settle(permit{}, a.Capacity, 0)
	return a.Item, nil
}

func (c *itemCall) put(ctx context.Context, w engine.ItemWrite) error {
	body := newRequest(c.t.name).raw("Item", w.Item)
	if !w.Always {
		x := absent(c.t)
		body.condition(x, x.condition())
	}
	_, err := c.made(c.e.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(c.t.name), Item: noKey()}, writing(body.end())))
	return err
}

func (c *itemCall) update(ctx context.Context, key []byte, x change) error {
	body := newRequest(c.t.name).raw("Key", key).text("UpdateExpression", x.update()).condition(x, x.condition())
	_, err := c.made(c.e.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: aws.String(c.t.name), Key: noKey()}, writing(body.end())))
	return err
}

// made counts what a call consumed.
func (c *itemCall) made(out any, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	var m middleware.Metadata
	switch out := out.(type) {
	case *dynamodb.PutItemOutput:
		m = out.ResultMetadata
	case *dynamodb.UpdateItemOutput:
		m = out.ResultMetadata
	case *dynamodb.DeleteItemOutput:
		m = out.ResultMetadata
	}
	c.meter.settle(permit{}, item.Raw(rawpage.Body(m), "ConsumedCapacity"), 0)
	return out, nil
}

// settle makes a fault of what a write ended with. When the condition did not
// hold, or the answer got lost, a look at the item tells: it may be as it was to
// become. Only a new item must not have been there before.
func (c *itemCall) settle(ctx context.Context, err error, w engine.ItemWrite, key []byte) error {
	if err == nil {
		return nil
	}
	var failed *types.ConditionalCheckFailedException
	f := c.word(err, "write the item")
	refused := errors.As(err, &failed)
	if !refused && f.Code != fault.Unavailable || ctx.Err() != nil {
		return f
	}
	now, lookErr := c.get(ctx, key)
	switch {
	case lookErr != nil && refused:
		return lookErr
	case lookErr != nil:
		f.Remedy = "whether the write was done is not known: read the item before trying again"
		return f
	case same(now, w.Item) && !(refused && w.Was == nil):
		return nil
	case refused:
		return changed(now)
	}
	f.Remedy = "nothing was written; try again"
	return f
}

func changed(now []byte) error {
	f := fault.New(fault.Statement, "The item has been changed by somebody else meanwhile, so nothing was written").
		WithRemedy("read it again and repeat the change")
	if now == nil {
		f = fault.New(fault.Statement, "The item has been deleted by somebody else meanwhile, so nothing was written")
	}
	return &engine.ChangedError{Fault: f, Now: now}
}

func (c *itemCall) word(err error, doing string) *fault.Error {
	f := c.e.word(err)
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		f.Message = "DynamoDB has no table \"" + c.t.name + "\" in " + c.e.session.Region
	} else if f.Code == fault.Statement && f.Service != nil {
		f.Message = "Cannot " + doing + ": DynamoDB refuses it"
	}
	return f
}

// writing are the options of a write with a raw body, which is not sent again
// when its answer got lost.
func writing(body []byte) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) {
		writeOptions(o)
		o.APIOptions = append(o.APIOptions, withBody(body))
	}
}

// noKey is what the SDK wants to see where the raw body says it.
func noKey() map[string]types.AttributeValue { return map[string]types.AttributeValue{} }
