/** A rung of the ladder of matmul; each file in matmul/ defines it in its own way. */
#pragma once
#include <stddef.h>

/** y[m,n] = a[m,k] b[k,n], all in row order. Single-threaded. */
void matmul(const float* a, const float* b, float* y, size_t m, size_t k, size_t n);
