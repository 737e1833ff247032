/** The last arguments of a matmul or a convolution, which may be left out: bias, after, beside. */
#pragma once
#include "call.h"
#include "kernels.h"

/** How an output of `size` numbers in rows of `cols` is finished. */
inline Epilogue epilogueIn(Call& call, size_t cols, double size) {
  Epilogue end;
  if (!call.more()) return end;
  const Floats bias = call.floats("bias");
  const size_t after = call.count("after");
  const Floats beside = call.floats("beside");
  if (after > Epilogue::tanhGrad) {
    call.refuse(false, "after is " + Call::text(double(after)) + "; want at most " +
                           Call::text(double(Epilogue::tanhGrad)));
  }
  end.after = Epilogue::After(after);
  if (bias.size > 0) {
    call.needs("bias", bias.size, double(cols));
    end.bias = bias.data;
  }
  if (after >= Epilogue::reluGrad) {
    call.needs("beside", beside.size, size);
    end.beside = beside.data;
  }
  return end;
}
