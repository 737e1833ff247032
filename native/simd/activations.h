/** Activations that are a kernel of their own and the end of others, and their gradients from y. */
#pragma once
#include "math.h"

namespace ISA {
namespace {

inline Vec relu(Vec x) { return select(x <= Vec::all(0), Vec::all(0), x); }
inline Vec reluGrad(Vec dy, Vec y) { return select(y > Vec::all(0), dy, Vec::all(0)); }
inline Vec sigmoidGrad(Vec dy, Vec y) { return dy * (y * (Vec::all(1) - y)); }
inline Vec tanhGrad(Vec dy, Vec y) { return dy * ((Vec::all(1) - y) * (Vec::all(1) + y)); }

}  // namespace
}  // namespace ISA
