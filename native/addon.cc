// The border: the only file that includes napi.h. Arguments come in from JavaScript here, kernels
// and plans run, and what is refused goes back as an error.
#include <napi.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "calls.h"
#include "gather.h"
#include "kernels.h"
#include "pick.h"
#include "plan.h"
#include "threads.h"

namespace {

const Kernels& active() { return *chosen().kernels; }

/** One argument as JavaScript gave it, in its place: copying what was just written takes longer
 * than reading it. */
void read(napi_env env, napi_value value, Arg& arg) {
  arg.kind = Arg::missing;
  napi_typedarray_type element;
  bool truth = false;
  if (napi_get_value_double(env, value, &arg.value) == napi_ok) {
    arg.kind = Arg::number;
  } else if (napi_get_typedarray_info(env, value, &element, &arg.size, &arg.data, nullptr,
                                      nullptr) == napi_ok) {
    arg.kind = Arg::array;
    arg.type = element == napi_float32_array ? Arg::float32
               : element == napi_int32_array ? Arg::int32
                                             : Arg::other;
    if (arg.data == nullptr) arg.size = 0;
  } else if (napi_get_value_bool(env, value, &truth) == napi_ok) {
    arg.kind = Arg::truth;
    arg.value = truth ? 1 : 0;
  }
}

Arg argFrom(napi_env env, napi_value value) {
  Arg arg = {};
  read(env, value, arg);
  return arg;
}

/** A list of them. */
std::vector<Arg> argsFrom(napi_env env, napi_value list) {
  uint32_t length = 0;
  napi_get_array_length(env, list, &length);
  std::vector<Arg> args(length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value item = nullptr;
    napi_get_element(env, list, i, &item);
    read(env, item, args[i]);
  }
  return args;
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
  for (size_t i = 0; i < count; i++) read(env, given[i], args[i]);
  guarded(env, [&] {
    Call call(entry.name, args, count);
    entry.run(call);
  });
  return nullptr;
}

// Plans

/** The numbers of a typed array that JavaScript gave; empty if it is none of that kind. */
template <class Number>
Span<const Number> numbersOf(Napi::Value value) {
  const auto array = value.As<Napi::TypedArrayOf<Number>>();
  return {array.Data(), array.ElementLength()};
}

/** A plan and the arrays of JavaScript that it points into. */
struct HeldPlan {
  Plan plan;
  Napi::ObjectReference pinned;
};

/**
 * `makePlan({ places, pinned, arenaBytes, kernels, counts, numbers, buffers, truths, cuts,
 * instructions, asks })` as src/compile/native-plan.ts writes it: flat arrays, so that a plan of
 * some hundred calls is read in no time.
 */
Napi::Value makePlan(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object given = info[0].As<Napi::Object>();
  const auto table = numbersOf<double>(given.Get("places"));
  const Napi::Array pinned = given.Get("pinned").As<Napi::Array>();
  std::vector<Plan::Place> places;
  uint32_t pins = 0;
  for (size_t i = 0; i + 3 < table.size; i += 4) {
    Plan::Place place{Plan::Place::Kind(int(table.data[i])), Arg::Type(int(table.data[i + 1])),
                      size_t(table.data[i + 2]), size_t(table.data[i + 3]), nullptr};
    if (place.kind == Plan::Place::pinned) place.data = argFrom(env, pinned.Get(pins++)).data;
    places.push_back(place);
  }
  auto held = std::make_unique<HeldPlan>(
      HeldPlan{Plan(std::move(places), size_t(given.Get("arenaBytes").ToNumber().DoubleValue())),
               Napi::Persistent(static_cast<Napi::Object>(pinned))});

  const Napi::Array kernels = given.Get("kernels").As<Napi::Array>();
  const auto counts = numbersOf<int32_t>(given.Get("counts"));
  const auto numbers = numbersOf<double>(given.Get("numbers"));
  const auto buffers = numbersOf<int32_t>(given.Get("buffers"));
  const auto truths = numbersOf<uint8_t>(given.Get("truths"));
  const auto cuts = numbersOf<uint8_t>(given.Get("cuts"));
  const auto instructions = numbersOf<int32_t>(given.Get("instructions"));
  size_t call = 0, at = 0;
  for (size_t i = 0; i + 3 < instructions.size; i += 4) {
    for (int32_t n = 0; n < instructions.data[i + 1]; n++, call++) {
      const std::string name = kernels.Get(uint32_t(call)).ToString();
      const Entry* const entry = findEntry(name.c_str());
      if (entry == nullptr) throw Napi::RangeError::New(env, "plan: no kernel " + name);
      std::vector<Plan::Argument> arguments;
      for (int32_t a = 0; a < counts.data[call]; a++, at++) {
        Plan::Argument argument;
        argument.buffer = buffers.data[at];
        argument.cut = Plan::Cut(cuts.data[at]);
        argument.value.kind = truths.data[at] ? Arg::truth : Arg::number;
        argument.value.value = numbers.data[at];
        arguments.push_back(argument);
      }
      held->plan.add(entry, arguments);
    }
    held->plan.endInstruction(Plan::Kind(instructions.data[i]), size_t(instructions.data[i + 2]),
                              size_t(instructions.data[i + 3]));
  }
  const auto asks = numbersOf<int32_t>(given.Get("asks"));
  for (size_t i = 0; i + 3 < asks.size; i += 4) {
    held->plan.askAhead(size_t(asks.data[i]), asks.data[i + 1], size_t(asks.data[i + 2]),
                        size_t(asks.data[i + 3]));
  }
  return Napi::External<HeldPlan>::New(env, held.release(),
                                       [](Napi::Env, HeldPlan* plan) { delete plan; });
}

/** `runPlan(plan, inputs, outputs, times?)`: one step; times are filled if given. */
napi_value runPlan(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value given[4];
  void* external = nullptr;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  if (count < 3 || napi_get_value_external(env, given[0], &external) != napi_ok) {
    napi_throw_type_error(env, nullptr, "runPlan: want a plan, inputs and outputs");
    return nullptr;
  }
  Plan& plan = static_cast<HeldPlan*>(external)->plan;
  guarded(env, [&] {
    const bool timed = count > 3 && argFrom(env, given[3]).kind == Arg::array;
    plan.execute(argsFrom(env, given[1]), argsFrom(env, given[2]), timed);
    if (timed) {
      napi_typedarray_type type;
      size_t size = 0;
      void* data = nullptr;
      napi_get_typedarray_info(env, given[3], &type, &size, &data, nullptr, nullptr);
      const std::vector<double>& times = plan.times();
      for (size_t i = 0; type == napi_float64_array && i < size && i < times.size(); i++) {
        static_cast<double*>(data)[i] = times[i];
      }
    }
  });
  return nullptr;
}

// Batches

/** Rows on their way, and the arrays of JavaScript that they go from and to; empty once they are
 * there, for it is collected later. */
struct HeldGathering {
  std::shared_ptr<Gathering> work;
  Napi::ObjectReference from, to;
};

/** `beginGather(from, indices, size, to, table?)`: rows of `size` numbers; bytes become floats by
 * the table. */
Napi::Value beginGather(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto from = info[0].As<Napi::TypedArray>(), to = info[3].As<Napi::TypedArray>();
  const auto indices = numbersOf<int32_t>(info[1]);
  const size_t size = size_t(info[2].ToNumber().Int64Value());
  const bool hasTable = !info[4].IsUndefined();
  const size_t fromItem = hasTable ? 1 : from.ElementSize(), toItem = hasTable ? 4 : fromItem;
  const auto bytesOf = [](const Napi::TypedArray& array) {
    return static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
  };
  bool fits = from.ElementSize() == fromItem && to.ElementSize() == toItem &&
              to.ElementLength() == indices.size * size;
  const size_t count = size > 0 ? from.ElementLength() / size : 0;
  for (size_t i = 0; i < indices.size && size > 0; i++) {
    fits = fits && indices.data[i] >= 0 && size_t(indices.data[i]) < count;
  }
  auto work = std::make_shared<Gathering>();
  if (hasTable) {
    const auto table = numbersOf<float>(info[4]);
    fits = fits && table.size == 256;
    if (fits) {
      work->table = std::make_unique<float[]>(256);
      std::memcpy(work->table.get(), table.data, 256 * sizeof(float));
    }
  }
  if (!fits) throw Napi::RangeError::New(env, "beginGather: rows, indices and batch do not fit");
  work->from = bytesOf(from);
  work->to = bytesOf(to);
  work->rowBytes = size * fromItem;
  work->indices.assign(indices.data, indices.data + indices.size);
  auto held = std::make_unique<HeldGathering>(
      HeldGathering{work, Napi::Persistent(static_cast<Napi::Object>(from)),
                    Napi::Persistent(static_cast<Napi::Object>(to))});
  beginGathering(std::move(work));
  return Napi::External<HeldGathering>::New(env, held.release(),
                                            [](Napi::Env, HeldGathering* dropped) {
                                              if (dropped->work) dropped->work->drop();
                                              delete dropped;
                                            });
}

/** `endGather(gathering)`: returns when the rows are in their places. */
void endGather(const Napi::CallbackInfo& info) {
  HeldGathering* const held = info[0].As<Napi::External<HeldGathering>>().Data();
  if (!held->work) return;
  held->work->end();
  held->work.reset();
  held->from.Reset();
  held->to.Reset();
}

/** `bytesPastLine(array)`: from the last line of the cache to its first number. */
napi_value bytesPastLine(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given[1], result;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  napi_create_uint32(env, reinterpret_cast<uintptr_t>(argFrom(env, given[0]).data) % 64, &result);
  return result;
}

// Clocks and ceilings

/** `timeCalls(kernel, args, calls)`: nanoseconds of so many calls. */
napi_value timeCalls(napi_env env, napi_callback_info info) {
  using Clock = std::chrono::steady_clock;
  size_t count = 3;
  napi_value given[3], result = nullptr;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  guarded(env, [&] {
    const std::string name = Napi::Value(env, given[0]).ToString();
    const Entry* const entry = findEntry(name.c_str());
    const std::vector<Arg> args = argsFrom(env, given[1]);
    if (entry == nullptr) throw Refusal{false, "timeCalls: no kernel " + name};
    const double calls = argFrom(env, given[2]).value;
    if (!(calls >= 1 && calls <= 1e9)) throw Refusal{false, "timeCalls: want 1 to 1e9 calls"};
    const Clock::time_point start = Clock::now();
    for (double i = 0; i < calls; i++) {
      Call call(entry->name, args.data(), args.size());
      entry->run(call);
    }
    const std::chrono::duration<double, std::nano> taken = Clock::now() - start;
    napi_create_double(env, taken.count(), &result);
  });
  return result;
}

/** Pieces of work for each thread, so that one that is held up costs little. */
constexpr size_t piecesPerThread = 4;

/** `multiplyAdds(rounds)`: floating-point operations that all threads together did. */
Napi::Value multiplyAdds(const Napi::CallbackInfo& info) {
  const CeilingKernels& ceiling = *active().ceiling;
  const size_t rounds = size_t(info[0].ToNumber().Int64Value());
  const size_t pieces = piecesPerThread * size_t(threadFacts().threads);
  parallelFor(pieces, 1, [&](size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
      volatile float sum = ceiling.multiplyAdds(rounds, 0.5f, 1.0f);
      (void)sum;
    }
  });
  return Napi::Number::New(info.Env(), double(pieces) * double(rounds * ceiling.flopsPerRound));
}

/** `triad(bytes, rounds)`: bytes read and written by all threads together, each in `bytes` of its
 * own. */
Napi::Value triad(const Napi::CallbackInfo& info) {
  const CeilingKernels& ceiling = *active().ceiling;
  // An odd number of lines, so that the three arrays do not begin at the same place of a page.
  const size_t floats = size_t(info[0].ToNumber().Int64Value()) / 4;
  const size_t n = (floats / 3 / 64 > 1 ? floats / 3 / 64 - 1 : 1) * 64 | 64;
  const size_t rounds = size_t(info[1].ToNumber().Int64Value());
  const size_t pieces = piecesPerThread * size_t(threadFacts().threads);
  parallelFor(pieces, 1, [&](size_t from, size_t to) {
    float* const a = scratch(3 * n);
    if (a == nullptr) return;
    float *const b = a + n, *const c = b + n;
    // Each array is written in its turn: pages that are only read are all one page of zeros.
    for (size_t i = 0; i < (to - from) * rounds; i++) {
      ceiling.triad(a, b, c, n);
      ceiling.triad(b, c, a, n);
      ceiling.triad(c, a, b, n);
    }
  });
  return Napi::Number::New(info.Env(), double(pieces) * double(rounds) * double(36 * n));
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
  const std::pair<const char*, napi_callback> others[] = {
      {"runPlan", runPlan}, {"bytesPastLine", bytesPastLine}, {"timeCalls", timeCalls}};
  for (const auto& [name, callback] : others) {
    napi_value function;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function);
    exports.Set(name, Napi::Value(env, function));
  }
  exports.Set("makePlan", Napi::Function::New(env, makePlan, "makePlan"));
  exports.Set("beginGather", Napi::Function::New(env, beginGather, "beginGather"));
  exports.Set("endGather", Napi::Function::New(env, endGather, "endGather"));
  exports.Set("setIsa", Napi::Function::New(env, setIsa, "setIsa"));
  exports.Set("setThreads", Napi::Function::New(env, setThreadsTo, "setThreads"));
  exports.Set("multiplyAdds", Napi::Function::New(env, multiplyAdds, "multiplyAdds"));
  exports.Set("triad", Napi::Function::New(env, triad, "triad"));
  exports.Set("facts", Napi::Function::New(env, facts, "facts"));
  return exports;
}

}  // namespace

NODE_API_MODULE(tapegrad, load)
