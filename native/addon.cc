// The border: the only file that includes napi.h. Arguments come in from JavaScript here, kernels
// and plans run, and what is refused goes back as an error.
#include <napi.h>

#include <cstdlib>

#include "calls.h"
#include "kernels.h"
#include "pick.h"
#include "threads.h"

namespace {

const Kernels& active() { return *chosen().kernels; }

/** One argument as JavaScript gave it. */
Arg argFrom(napi_env env, napi_value value) {
  Arg arg;
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok) return arg;
  if (type == napi_number) {
    arg.kind = Arg::number;
    napi_get_value_double(env, value, &arg.value);
  } else if (type == napi_boolean) {
    bool truth = false;
    napi_get_value_bool(env, value, &truth);
    arg.kind = Arg::truth;
    arg.value = truth ? 1 : 0;
  } else if (type == napi_object) {
    napi_typedarray_type element;
    size_t size;
    void* data;
    if (napi_get_typedarray_info(env, value, &element, &size, &data, nullptr, nullptr) == napi_ok) {
      arg.kind = Arg::array;
      arg.type = element == napi_float32_array ? Arg::float32
                 : element == napi_int32_array ? Arg::int32
                                               : Arg::other;
      arg.data = data;
      arg.size = data == nullptr ? 0 : size;
    }
  }
  return arg;
}

/** Passes what was refused on to JavaScript as its own error. */
template <class Run>
void guarded(napi_env env, Run&& run) {
  try {
    run();
  } catch (const Refusal& refusal) {
    (refusal.isType ? napi_throw_type_error : napi_throw_range_error)(env, nullptr,
                                                                      refusal.sentence.c_str());
  } catch (...) {
    napi_throw_error(env, nullptr, "native kernels: no memory is left");
  }
}

/** Every kernel comes in here, with its entry as data. */
napi_value enter(napi_env env, napi_callback_info info) {
  size_t count = Call::most;
  napi_value given[Call::most];
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, given, nullptr, &data);
  const Entry& entry = *static_cast<const Entry*>(data);
  Arg args[Call::most];
  if (count > Call::most) count = Call::most;
  for (size_t i = 0; i < count; i++) args[i] = argFrom(env, given[i]);
  guarded(env, [&] {
    Call call(entry.name, args, count);
    entry.run(call);
  });
  return nullptr;
}

// What may be asked and set besides

std::string supportedSets() {
  std::string names;
  const InstructionSets all = instructionSets();
  for (size_t i = 0; i < all.count; i++) {
    if (all.sets[i].supported) names += (names.empty() ? "" : ", ") + std::string(all.sets[i].name);
  }
  return names;
}

/** Empty, or why `name` cannot be used. */
std::string useSet(const std::string& who, const std::string& name) {
  if (choose(name.c_str())) return "";
  return who + " is '" + name + "'; want one that is built and supported here: " + supportedSets();
}

std::string useThreads(const std::string& who, const std::string& text) {
  char* end = nullptr;
  const long n = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != 0 || n < 1 || n > mostThreads) {
    return who + " is '" + text + "'; want a whole number from 1 to " + std::to_string(mostThreads);
  }
  setThreads(int(n));
  return "";
}

/** Follows TAPEGRAD_ISA and TAPEGRAD_THREADS, once in a process; what is wrong with them is told at
 * every load. */
const std::string& environmentProblem() {
  static const std::string problem = [] {
    std::string found;
    if (const char* name = std::getenv("TAPEGRAD_ISA"); name != nullptr && *name != 0) {
      found = useSet("TAPEGRAD_ISA", name);
    }
    if (const char* n = std::getenv("TAPEGRAD_THREADS"); found.empty() && n != nullptr && *n != 0) {
      found = useThreads("TAPEGRAD_THREADS", n);
    }
    return found;
  }();
  return problem;
}

void setIsa(const Napi::CallbackInfo& info) {
  const std::string problem = useSet("setIsa: the instruction set", info[0].ToString().Utf8Value());
  if (!problem.empty()) throw Napi::RangeError::New(info.Env(), problem);
}

void setThreadsTo(const Napi::CallbackInfo& info) {
  const std::string problem = useThreads("setThreads: the number", info[0].ToString().Utf8Value());
  if (!problem.empty()) throw Napi::RangeError::New(info.Env(), problem);
}

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
const char compiler[] =
#if defined(__clang__)
    "clang " __clang_version__;
#elif defined(__GNUC__)
    "gcc " __VERSION__;
#elif defined(_MSC_VER)
    "MSVC " TEXT(_MSC_VER);
#else
    "unknown";
#endif

Napi::Value facts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object object = Napi::Object::New(env);
  const InstructionSets all = instructionSets();
  Napi::Array built = Napi::Array::New(env), supported = Napi::Array::New(env);
  for (size_t i = 0; i < all.count; i++) {
    built.Set(built.Length(), all.sets[i].name);
    if (all.sets[i].supported) supported.Set(supported.Length(), all.sets[i].name);
  }
  char processor[64];
  processorName(processor);
  const ThreadFacts threads = threadFacts();
  object.Set("isa", chosen().name);
  object.Set("lanes", double(active().lanes));
  object.Set("isasBuilt", built);
  object.Set("isasSupported", supported);
  object.Set("processor", processor);
  object.Set("threads", threads.threads);
  object.Set("affinity", threads.affinity);
  object.Set("quota", threads.quota);
  object.Set("compiler", compiler);
  return object;
}

Napi::Object load(Napi::Env env, Napi::Object exports) {
  if (const std::string& problem = environmentProblem(); !problem.empty()) {
    Napi::Error error = Napi::RangeError::New(env, problem);
    error.Set("code", "ERR_TAPEGRAD_OPTION");
    throw error;
  }
  Napi::Object kernels = Napi::Object::New(env);
  const Entries all = allEntries();
  for (size_t i = 0; i < all.count; i++) {
    const Entry& entry = all.list[i];
    napi_value function;
    napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, enter, const_cast<Entry*>(&entry),
                         &function);
    kernels.Set(entry.name, Napi::Value(env, function));
  }
  exports.Set("kernels", kernels);
  exports.Set("setIsa", Napi::Function::New(env, setIsa, "setIsa"));
  exports.Set("setThreads", Napi::Function::New(env, setThreadsTo, "setThreads"));
  exports.Set("facts", Napi::Function::New(env, facts, "facts"));
  return exports;
}

}  // namespace

NODE_API_MODULE(tapegrad, load)
