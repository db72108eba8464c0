// Package metadata reads the metadata document, as far as it is counted.
package metadata

import (
	"encoding/json"

	"example.org/hasura/telemetry"
)

// Document is the metadata of one server, over all its data sources.
type Document struct {
	Sources       []source `json:"sources"`
	RemoteSchemas []object `json:"remote_schemas"`
	Actions       []object `json:"actions"`
}

// object is something of which only the number matters, so that nothing of it is read.
type object struct{}

func (*object) UnmarshalJSON([]byte) error { return nil }

type source struct {
	Kind      string   `json:"kind"`
	Tables    []table  `json:"tables"`
	Functions []object `json:"functions"`
}

type table struct {
	// As the database says.
	IsView              bool           `json:"is_view"`
	ObjectRelationships []relationship `json:"object_relationships"`
	ArrayRelationships  []relationship `json:"array_relationships"`
	SelectPermissions   []object       `json:"select_permissions"`
	InsertPermissions   []object       `json:"insert_permissions"`
	UpdatePermissions   []object       `json:"update_permissions"`
	DeletePermissions   []object       `json:"delete_permissions"`
	EventTriggers       []object       `json:"event_triggers"`
}

type relationship struct {
	// Either what was suggested from a foreign key, or what somebody drew.
	Using struct {
		Manual *object `json:"manual_configuration"`
	} `json:"using"`
}

// Parse reads a document.
func Parse(text []byte) (*Document, error) {
	document := new(Document)
	return document, json.Unmarshal(text, document)
}

// Counts gives what the manifest declares, over all data sources, whatever these are called.
func (document *Document) Counts() telemetry.Counts {
	var counts telemetry.Counts
	counts.RemoteSchemas = number(document.RemoteSchemas)
	counts.Actions = number(document.Actions)
	for _, source := range document.Sources {
		counts.Functions += number(source.Functions)
		if kind := kindOf(&counts.Sources, source.Kind); kind != nil {
			*kind++
		}
		for _, table := range source.Tables {
			table.count(&counts)
		}
	}
	return counts
}

func (table *table) count(counts *telemetry.Counts) {
	if table.IsView {
		counts.Views++
	} else {
		counts.Tables++
	}
	for _, relationships := range [][]relationship{table.ObjectRelationships, table.ArrayRelationships} {
		for _, relationship := range relationships {
			if relationship.Using.Manual != nil {
				counts.Relationships.Manual++
			} else {
				counts.Relationships.Automatic++
			}
		}
	}
	counts.Permissions.Select += number(table.SelectPermissions)
	counts.Permissions.Insert += number(table.InsertPermissions)
	counts.Permissions.Update += number(table.UpdatePermissions)
	counts.Permissions.Delete += number(table.DeletePermissions)
	counts.EventTriggers += number(table.EventTriggers)
}

// kindOf gives the count of a kind of data source; nil if the manifest has none for it.
func kindOf(counts *telemetry.SourcesCount, kind string) *uint64 {
	return map[string]*uint64{
		"postgres":  &counts.Postgres,
		"citus":     &counts.Citus,
		"cockroach": &counts.Cockroach,
		"mssql":     &counts.Mssql,
		"bigquery":  &counts.Bigquery,
		"mysql":     &counts.Mysql,
	}[kind]
}

func number(objects []object) uint64 { return uint64(len(objects)) }
