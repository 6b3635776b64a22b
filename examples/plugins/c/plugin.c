// The plugin hello-c: one ConfigMap of the *.conf files of the application's directory.
//
// bindings/ is generated of wit/plugin.wit: `exports_…` is what gantry calls, the rest what may be
// called. Strings have a length and no zero at their end; what is returned is freed by the bindings.
// An instance serves one call: what a failing call leaves behind goes with it.

#include <stdlib.h>
#include <string.h>

#include "bindings/renderer_plugin.h"

static const char SUMMARY[] = "a ConfigMap of *.conf files";

// What gantry checks the parameters against before it calls the plugin.
static const char SCHEMA[] =
    "{\"type\": \"object\", \"additionalProperties\": false, \"properties\": {"
    "\"immutable\": {\"type\": \"boolean\", \"default\": false,"
    " \"description\": \"Forbid changes to the ConfigMap once it is there.\"}}}";

// The bindings want the object file that describes the world; `gantry plugin componentize` adds what
// it holds.
void __component_type_object_force_link_renderer_plugin(void) {}

// Text that grows.
struct text {
  char *bytes;
  size_t length, room;
};

static void add_bytes(struct text *text, const char *bytes, size_t length) {
  if (text->length + length > text->room) {
    text->room = 2 * (text->length + length);
    text->bytes = realloc(text->bytes, text->room);
    // Out of memory: gantry reports the trap with this function's name.
    if (text->bytes == NULL) abort();
  }
  memcpy(text->bytes + text->length, bytes, length);
  text->length += length;
}

static void add(struct text *text, const char *bytes) { add_bytes(text, bytes, strlen(bytes)); }

// Adds a JSON string. UTF-8 goes as it is; control characters need an escape.
static void add_string(struct text *text, const uint8_t *bytes, size_t length) {
  static const char HEX[] = "0123456789abcdef";
  add(text, "\"");
  for (size_t i = 0; i < length; i++) {
    char byte = (char)bytes[i];
    if (byte == '"' || byte == '\\') {
      add_bytes(text, (char[]){'\\', byte}, 2);
    } else if (bytes[i] < 0x20) {
      add_bytes(text, (char[]){'\\', 'u', '0', '0', HEX[bytes[i] >> 4], HEX[bytes[i] & 15]}, 6);
    } else {
      add_bytes(text, &byte, 1);
    }
  }
  add(text, "\"");
}

// The part of a path behind the last slash.
static size_t name_start(const renderer_plugin_string_t *path) {
  size_t start = path->len;
  while (start > 0 && path->ptr[start - 1] != '/') start--;
  return start;
}

static void add_object(struct text *text, const renderer_plugin_string_t *application,
                       const gantry_plugin_source_list_file_t *files, bool immutable) {
  add(text, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":");
  add_string(text, application->ptr, application->len);
  add(text, immutable ? "},\"immutable\":true,\"data\":{" : "},\"data\":{");
  for (size_t i = 0; i < files->len; i++) {
    const gantry_plugin_source_file_t *file = &files->ptr[i];
    size_t start = name_start(&file->path);
    if (i > 0) add(text, ",");
    add_string(text, file->path.ptr + start, file->path.len - start);
    add(text, ":");
    add_string(text, file->content.ptr, file->content.len);
  }
  add(text, "}}");
}

// The parameters are JSON that fits the schema: their one value is true, false or not there.
static bool is_immutable(gantry_plugin_context_borrow_request_t request) {
  renderer_plugin_string_t parameters;
  gantry_plugin_context_method_request_parameters(request, &parameters);
  bool found = false;
  for (size_t i = 0; i + 4 <= parameters.len && !found; i++) {
    found = memcmp(parameters.ptr + i, "true", 4) == 0;
  }
  renderer_plugin_string_free(&parameters);
  return found;
}

// Fails with one problem: false is what the bindings take for an error.
static bool refuse(const char *message, const renderer_plugin_string_t *path,
                   exports_gantry_plugin_renderer_list_diagnostic_t *err) {
  gantry_plugin_types_diagnostic_t *problem = calloc(1, sizeof *problem);
  if (problem == NULL) abort();
  problem->severity = GANTRY_PLUGIN_TYPES_SEVERITY_ERROR;
  renderer_plugin_string_dup(&problem->code, "no-files");
  renderer_plugin_string_dup(&problem->message, message);
  problem->span.is_some = true;
  renderer_plugin_string_dup_n(&problem->span.val.path, (const char *)path->ptr, path->len);
  err->ptr = problem;
  err->len = 1;
  return false;
}

void exports_gantry_plugin_about_about(exports_gantry_plugin_about_about_plugin_t *ret) {
  renderer_plugin_string_dup(&ret->summary, SUMMARY);
  ret->parameters_schema.is_some = true;
  renderer_plugin_string_dup(&ret->parameters_schema.val, SCHEMA);
}

static bool render(gantry_plugin_source_borrow_tree_t tree,
                   gantry_plugin_context_borrow_request_t request,
                   exports_gantry_plugin_renderer_rendering_t *ret,
                   exports_gantry_plugin_renderer_list_diagnostic_t *err) {
  renderer_plugin_string_t directory, glob;
  gantry_plugin_source_method_tree_path(tree, &directory);
  renderer_plugin_string_set(&glob, "*.conf");
  renderer_plugin_list_string_t globs = {&glob, 1};
  gantry_plugin_source_list_file_t files;
  gantry_plugin_source_read_error_t failure;
  if (!gantry_plugin_source_method_tree_read_matching(tree, &directory, &globs, &files, &failure)) {
    return refuse("the directory cannot be read", &directory, err);
  }
  if (files.len == 0) return refuse("there is no *.conf file", &directory, err);

  struct text text = {0};
  renderer_plugin_string_t application;
  gantry_plugin_context_method_request_application(request, &application);
  add_object(&text, &application, &files, is_immutable(request));
  renderer_plugin_string_free(&application);
  gantry_plugin_source_list_file_free(&files);
  renderer_plugin_string_free(&directory);

  exports_gantry_plugin_renderer_document_t *document = calloc(1, sizeof *document);
  if (document == NULL) abort();
  document->body.tag = EXPORTS_GANTRY_PLUGIN_RENDERER_BODY_JSON;
  document->body.val.json = (renderer_plugin_string_t){(uint8_t *)text.bytes, text.length};
  ret->documents.ptr = document;
  ret->documents.len = 1;
  ret->warnings.ptr = NULL;
  ret->warnings.len = 0;
  return true;
}

bool exports_gantry_plugin_renderer_render(exports_gantry_plugin_renderer_borrow_tree_t tree,
                                           exports_gantry_plugin_renderer_borrow_request_t request,
                                           exports_gantry_plugin_renderer_rendering_t *ret,
                                           exports_gantry_plugin_renderer_list_diagnostic_t *err) {
  bool rendered = render(tree, request, ret, err);
  // What is lent for a call must be given back before its end.
  gantry_plugin_source_tree_drop_borrow(tree);
  gantry_plugin_context_request_drop_borrow(request);
  return rendered;
}
